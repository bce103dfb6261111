"""Device profiles that ship with mesodrive, as YAML files."""
