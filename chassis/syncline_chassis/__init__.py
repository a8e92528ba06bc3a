"""How Syncline's services say what the contracts define."""
