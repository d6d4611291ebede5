"""From a live organisation to the files of a workspace that declares it as it is. Pure: nothing is read or written."""
