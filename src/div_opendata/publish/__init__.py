"""From a build to readers: the plan, the portals, verifying, withdrawing, looking before."""
