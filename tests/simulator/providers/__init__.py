"""One file per provider. Each has ROUTES and, where it shows faults of its own, FAULTS; a new one is added here."""
from providers import openai, openai_chat, openai_embeddings, openai_speech, openai_transcription

MODULES = [openai_chat, openai_transcription, openai_speech, openai_embeddings]
ROUTES = [route for module in MODULES for route in module.ROUTES]
FAULTS = [fault for module in MODULES for fault in getattr(module, "FAULTS", [])]
DIALECTS = openai.DIALECTS
