"""A CKAN as a portal: `portal` is what publishing knows of it, `api` sends and judges answers."""
