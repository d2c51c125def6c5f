"""Who somebody is. Start with `views.login(user, password)`."""
