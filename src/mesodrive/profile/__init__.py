"""Device profiles: what each device may do, as frozen models without any input or output."""
