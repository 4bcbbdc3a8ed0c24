-- A sale on MariaDB. One call is one transaction and one round trip, and the row that everybody wants is locked last, just
-- before the commit. Answers 0 reserved, 1 replayed, 2 limit_exceeded, 3 sold_out.
DROP DATABASE IF EXISTS sale;
CREATE DATABASE sale;
USE sale;
CREATE TABLE items (sku INT PRIMARY KEY, opens_at_ms BIGINT NOT NULL, closes_at_ms BIGINT NOT NULL, ttl_ms BIGINT NOT NULL,
  limit_per_buyer INT NOT NULL);
CREATE TABLE stock (sku INT, slot INT, available INT NOT NULL CHECK (available >= 0), PRIMARY KEY (sku, slot));
CREATE TABLE buyers (sku INT, buyer BIGINT, units INT NOT NULL, PRIMARY KEY (sku, buyer));
CREATE TABLE orders (request BINARY(16) PRIMARY KEY, sku INT NOT NULL, buyer BIGINT NOT NULL, quantity INT NOT NULL,
  status TINYINT NOT NULL, deadline_ms BIGINT NOT NULL, KEY (deadline_ms));

CREATE PROCEDURE reserve(p_request BINARY(16), p_sku INT, p_buyer BIGINT, p_quantity INT, p_now_ms BIGINT, p_slots BOOLEAN)
body: BEGIN
  DECLARE opens, closes, ttl BIGINT;
  DECLARE chosen, limit_each INT DEFAULT 0;
  DECLARE EXIT HANDLER FOR 1062 BEGIN ROLLBACK; SELECT 1; END;  -- the request is there
  DECLARE EXIT HANDLER FOR 4025 BEGIN ROLLBACK; SELECT 2; END;  --
  SELECT opens_at_ms, closes_at_ms, ttl_ms, limit_per_buyer INTO opens, closes, ttl, limit_each FROM items WHERE sku = p_sku;
  IF p_now_ms < opens OR p_now_ms >= closes THEN SELECT 4; LEAVE body; END IF;
  IF NOT EXISTS (SELECT 1 FROM stock WHERE sku = p_sku AND available >= p_quantity) THEN  -- without a lock
    SELECT IF(EXISTS (SELECT 1 FROM orders WHERE request = p_request), 1, 3);
    LEAVE body;
  END IF;
  START TRANSACTION;
  INSERT INTO orders VALUES (p_request, p_sku, p_buyer, p_quantity, 0, p_now_ms + ttl);
  INSERT INTO buyers VALUES (p_sku, p_buyer, p_quantity)
    ON DUPLICATE KEY UPDATE units = IF(units + p_quantity <= limit_each, units + p_quantity, units);
  IF ROW_COUNT() = 0 THEN ROLLBACK; SELECT 2; LEAVE body; END IF;
  IF p_slots THEN
    pick: LOOP
      SET chosen = NULL;
      SELECT slot INTO chosen FROM stock WHERE sku = p_sku AND available >= p_quantity LIMIT 1 FOR UPDATE SKIP LOCKED;
      IF chosen IS NOT NULL THEN LEAVE pick; END IF;
      SELECT slot INTO chosen FROM stock WHERE sku = p_sku AND available >= p_quantity LIMIT 1 FOR UPDATE;
      IF chosen IS NOT NULL THEN LEAVE pick; END IF;
      IF NOT EXISTS (SELECT 1 FROM stock WHERE sku = p_sku AND available >= p_quantity) THEN LEAVE pick; END IF;
    END LOOP;
  END IF;
  UPDATE stock SET available = available - p_quantity WHERE sku = p_sku AND slot = chosen AND available >= p_quantity;
  IF ROW_COUNT() = 0 THEN ROLLBACK; SELECT 3; LEAVE body; END IF;
  COMMIT;
  SELECT 0;
END;
