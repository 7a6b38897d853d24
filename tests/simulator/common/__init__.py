"""What every simulated provider shares: HTTP as bytes, faults, scenarios, the ledger."""
