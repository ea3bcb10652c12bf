"""Payment machines and apps: stays, payments, refunds, receipts, offline batches and the daily close."""
