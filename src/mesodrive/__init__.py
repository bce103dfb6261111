"""mesodrive: controller software for mesotherapy injection devices."""
