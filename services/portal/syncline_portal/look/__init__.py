"""What all pages share: the frame, figures, states, live views, trouble in words."""
