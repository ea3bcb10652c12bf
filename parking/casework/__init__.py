"""Cases (案卷): what a person must look at, opened once, worked on by a named person, closed with an outcome and a reason."""
