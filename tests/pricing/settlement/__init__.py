"""Tests of bills, payments, refunds and the journal."""
