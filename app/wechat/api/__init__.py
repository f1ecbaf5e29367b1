"""The platform's API, called by us: tokens, customer-service messages, menu, media, QR codes."""
