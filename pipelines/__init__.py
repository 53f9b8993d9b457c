"""The business: frames in, frames out. The doors and pages call these; nothing here knows what day it is."""
