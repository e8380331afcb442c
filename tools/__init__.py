"""What the scripts at the root of the repository do. Only the standard library is used."""
