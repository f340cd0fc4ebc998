"""The shell of the web interface: templates, components, navigation, headers, static files. No business words."""
