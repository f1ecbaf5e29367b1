"""Screenshots: fetched from WeChat, read in this process, forgotten. Extra `ocr` (docs/handoff.md).

No picture and no text of one is written anywhere.
"""
