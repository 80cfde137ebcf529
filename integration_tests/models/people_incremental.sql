{{ config(materialized='incremental', unique_key='id') }}
select id, name, email, salary, country from {{ ref('raw_people') }}
