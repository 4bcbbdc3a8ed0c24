-- A sale on PostgreSQL. One call is one transaction and one round trip, and the row that everybody wants is locked last,
-- just before the commit. Answers 0 reserved, 1 replayed, 3 sold_out, or raises SK002 limit_exceeded, SK003 sold_out, which
-- undo what the call did.
DROP SCHEMA IF EXISTS sale CASCADE;
CREATE SCHEMA sale;
SET search_path = sale;
CREATE TABLE items (sku int PRIMARY KEY, opens_at_ms bigint NOT NULL, closes_at_ms bigint NOT NULL, ttl_ms bigint NOT NULL,
  limit_per_buyer int NOT NULL);
-- Room in the page for new versions of the row, so that an update touches no index.
CREATE TABLE stock (sku int, slot int, available int NOT NULL CHECK (available >= 0), PRIMARY KEY (sku, slot))
  WITH (fillfactor = 10);
CREATE TABLE buyers (sku int, buyer bigint, units int NOT NULL, PRIMARY KEY (sku, buyer));
CREATE TABLE orders (request uuid PRIMARY KEY, sku int NOT NULL, buyer bigint NOT NULL, quantity int NOT NULL,
  status smallint NOT NULL, deadline_ms bigint NOT NULL);
CREATE INDEX ON orders (deadline_ms);

CREATE FUNCTION reserve(p_request uuid, p_sku int, p_buyer bigint, p_quantity int, p_now_ms bigint, p_slots boolean)
RETURNS int LANGUAGE plpgsql AS $$
DECLARE
  item items;
  chosen int := 0;
BEGIN
  SELECT * INTO item FROM items WHERE sku = p_sku;
  IF p_now_ms < item.opens_at_ms OR p_now_ms >= item.closes_at_ms THEN RETURN 4; END IF;
  IF NOT EXISTS (SELECT FROM stock WHERE sku = p_sku AND available >= p_quantity) THEN  -- without a lock
    RETURN CASE WHEN EXISTS (SELECT FROM orders WHERE request = p_request) THEN 1 ELSE 3 END;
  END IF;
  INSERT INTO orders VALUES (p_request, p_sku, p_buyer, p_quantity, 0, p_now_ms + item.ttl_ms) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN RETURN 1; END IF;
  INSERT INTO buyers AS b VALUES (p_sku, p_buyer, p_quantity)
    ON CONFLICT (sku, buyer) DO UPDATE SET units = b.units + p_quantity WHERE b.units + p_quantity <= item.limit_per_buyer;
  IF NOT FOUND THEN RAISE EXCEPTION 'limit_exceeded' USING ERRCODE = 'SK002'; END IF;
  WHILE p_slots LOOP
    SELECT slot INTO chosen FROM stock WHERE sku = p_sku AND available >= p_quantity LIMIT 1 FOR UPDATE SKIP LOCKED;
    EXIT WHEN FOUND;
    SELECT slot INTO chosen FROM stock WHERE sku = p_sku AND available >= p_quantity LIMIT 1 FOR UPDATE;
    EXIT WHEN FOUND;
    EXIT WHEN NOT EXISTS (SELECT FROM stock WHERE sku = p_sku AND available >= p_quantity);
  END LOOP;
  UPDATE stock SET available = available - p_quantity WHERE sku = p_sku AND slot = chosen AND available >= p_quantity;
  IF NOT FOUND THEN RAISE EXCEPTION 'sold_out' USING ERRCODE = 'SK003'; END IF;
  RETURN 0;
END $$;
