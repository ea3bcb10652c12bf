"""The only room that sees a number plate in clear: tokens, encrypted values, and who looked at them."""
