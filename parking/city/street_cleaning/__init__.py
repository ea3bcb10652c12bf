"""Street cleaning (C4 of the city catalogue): planned windows take kerb spaces away and give them back."""
