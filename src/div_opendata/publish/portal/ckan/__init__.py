"""A CKAN as a portal: publishing knows `portal`, which changes it by `publication` and steps/."""
