"""Background work: each looks at what is marked, decides anew, and takes the mark away."""
