select id, name {% if is_incremental() %}, 'new' as note {% endif %} from {{ ref('raw_people') }}
