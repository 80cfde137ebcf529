{{ config(materialized='view') }}
select id, name, salary from {{ ref('people_table') }}
