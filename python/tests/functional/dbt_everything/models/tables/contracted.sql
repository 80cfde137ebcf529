{{ config(materialized='table') }}
select id, name, price from {{ ref('colors') }}
