"""From Terraform to chimeform: the resources of a state file as blocks of the language, with their ids."""
