"""Content in a workbook and back, and the tables of other bots as drafts."""
