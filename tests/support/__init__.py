"""What tests of several stations share."""
