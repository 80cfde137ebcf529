{{ config(materialized='incremental', unique_key='id', on_schema_change='fail', tags=['evolving']) }}
select * from {{ source('raw', 'wide') }}
