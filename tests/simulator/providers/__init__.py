"""One file per provider. Each has ROUTES and FAULTS, or one of them; a new one is added here."""
from providers import assemblyai, deepgram, hearing, openai, openai_chat, openai_embeddings, openai_speech, openai_transcription

MODULES = [openai_chat, openai_transcription, openai_speech, openai_embeddings, hearing, assemblyai, deepgram]
ROUTES = [route for module in MODULES for route in getattr(module, "ROUTES", [])]
FAULTS = [fault for module in MODULES for fault in getattr(module, "FAULTS", [])]
DIALECTS = openai.DIALECTS
