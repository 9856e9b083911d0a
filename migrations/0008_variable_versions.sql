-- A variable's version, for edits of what somebody else may have changed meanwhile. One sequence for all of them: what is removed and
-- made anew never has a version that was read before.
CREATE SEQUENCE project_variable_versions AS integer CYCLE;
ALTER TABLE project_variables ADD COLUMN version integer NOT NULL DEFAULT nextval('project_variable_versions');
