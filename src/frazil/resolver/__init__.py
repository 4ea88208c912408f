"""Stage 1's pure middle: from a question and a catalog to a resolution, a refusal with its proof, or giving up."""
