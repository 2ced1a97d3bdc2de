-- What is in doubt is found by this index alone, without the statistics that no ledger has.

DROP INDEX delivery_in_doubt;
CREATE INDEX delivery_in_doubt ON delivery (campaign, identity) WHERE state IN ('armed', 'unsure');
