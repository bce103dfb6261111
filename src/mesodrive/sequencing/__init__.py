"""From a plan to a session: shapes to points, points to steps, steps to programs and fills."""
