-- What code may not break: events are append-only, an epoch never falls.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the table % is append-only', TG_TABLE_NAME; END $$;
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON events
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER events_never_emptied BEFORE TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE FUNCTION refuse_lower_epoch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.epoch < OLD.epoch THEN
    RAISE EXCEPTION 'the epoch of % % would fall from % to %', TG_TABLE_NAME, OLD.id, OLD.epoch, NEW.epoch;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER jobs_epoch_rises BEFORE UPDATE OF epoch ON jobs
FOR EACH ROW EXECUTE FUNCTION refuse_lower_epoch();
CREATE TRIGGER regions_epoch_rises BEFORE UPDATE OF epoch ON regions
FOR EACH ROW EXECUTE FUNCTION refuse_lower_epoch();
