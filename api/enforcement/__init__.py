"""What an inspector at the roadside may ask: facts of space, stay, right and time; never a debt."""
