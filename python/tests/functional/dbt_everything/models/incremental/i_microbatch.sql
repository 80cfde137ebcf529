{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='changed_at', begin='2024-01-01', batch_size='day', lookback=0) }}
select id, name, changed_at from {{ source('raw', 'items') }}
