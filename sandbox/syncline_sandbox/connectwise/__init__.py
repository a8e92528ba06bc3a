"""An imitation of the ConnectWise PSA calls that a bill needs."""
