"""What must outlive a process: sessions, locks and the delivery ledger, all in one Redis."""
