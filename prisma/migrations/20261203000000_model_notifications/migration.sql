-- Processes that keep models by name (src/store/model-cache.ts) forget them when any model changes.
CREATE FUNCTION maillard_models_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('maillard', 'models');
  RETURN NULL;
END
$$;

CREATE TRIGGER "Model_changed" AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON "Model"
  FOR EACH STATEMENT EXECUTE FUNCTION maillard_models_changed();
