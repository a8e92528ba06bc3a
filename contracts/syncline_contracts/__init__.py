"""What Syncline's services say to each other; imports nothing but pydantic."""
