"""The Django project: settings by environment, addresses, base templates, headers, health."""
