"""The words that every other room uses: ids, instants, spans, positions and errors. Imports nothing of ours."""
