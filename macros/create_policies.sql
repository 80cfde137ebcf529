{#- Create and update the tags and masking policies of vars: snowmesh:, after checking every governance block of the
    project. Sends only what differs; never CREATE OR REPLACE. Returns '', so it may be a hook:

        on-run-start: "{{ snowmesh.create_policies() }}"
        dbt run-operation snowmesh.create_policies [--args '{dry_run: true}']

    Args:
      dry_run: print the changes and run none. -#}
{% macro create_policies(dry_run=false) %}
  {%- if snowmesh._is_building() -%}
    {%- set found = snowmesh._definitions() -%}
    {%- set errors = snowmesh._validate(found) -%}
    {#- only a definition that is right can be compared with the account -#}
    {%- set plan = {'changes': [], 'errors': []} if errors else snowmesh._policies_plan(found) -%}
    {%- if errors or plan.errors -%}
      {%- do snowmesh._raise('snowmesh.create_policies', errors + plan.errors, 'Nothing was changed and nothing was built.') -%}
    {%- endif -%}
    {%- if dry_run -%}
      {%- do snowmesh.print_plan(plan.changes) -%}
    {%- else -%}
      {%- do snowmesh.run_plan(plan.changes) -%}
      {%- do snowmesh._remember_created(found) -%}
      {#- here no other thread runs yet, so the look at what the run keeps is one for all -#}
      {%- do snowmesh._read_states_of_run() if snowmesh._has_definitions(found) -%}
      {%- do snowmesh._govern_kept_dynamic_tables(found) -%}
    {%- endif -%}
  {%- endif -%}
  {{ return('') }}
{% endmacro %}
