"""The verbs: one thin function each, from arguments through the API to what is shown."""
