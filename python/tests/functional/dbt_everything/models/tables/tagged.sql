{{ config(materialized='table', table_tag="everything_db.raw.area = 'sales'") }}
select id from {{ ref('colors') }}
