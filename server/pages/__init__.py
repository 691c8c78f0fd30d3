"""Pages for people, built without templates or anything from other servers."""
